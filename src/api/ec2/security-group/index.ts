import type { ActionTable } from '../../action.ts';

export const securityGroupActions: ActionTable = {};
