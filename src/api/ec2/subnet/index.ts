import type { ActionTable } from '../../action.ts';

export const subnetActions: ActionTable = {};
