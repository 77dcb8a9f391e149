import type { ActionTable } from '../../action.ts';

export const instanceActions: ActionTable = {};
