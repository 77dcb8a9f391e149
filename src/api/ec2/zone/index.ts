import type { ActionTable } from '../../action.ts';

export const zoneActions: ActionTable = {};
