import type { ActionTable } from '../../action.ts';

export const routeTableActions: ActionTable = {};
