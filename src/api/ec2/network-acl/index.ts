import type { ActionTable } from '../../action.ts';

export const networkAclActions: ActionTable = {};
