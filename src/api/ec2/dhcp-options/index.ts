import type { ActionTable } from '../../action.ts';

export const dhcpOptionsActions: ActionTable = {};
