import type { ActionTable } from '../../action.ts';

export const vpcActions: ActionTable = {};
