import type { ActionTable } from '../../action.ts';

export const networkInterfaceActions: ActionTable = {};
