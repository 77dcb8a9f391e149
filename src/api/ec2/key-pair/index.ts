import type { ActionTable } from '../../action.ts';

export const keyPairActions: ActionTable = {};
