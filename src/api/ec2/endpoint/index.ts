import type { ActionTable } from '../../action.ts';

export const endpointActions: ActionTable = {};
