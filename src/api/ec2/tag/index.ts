import type { ActionTable } from '../../action.ts';

export const tagActions: ActionTable = {};
