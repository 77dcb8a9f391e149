import type { ActionTable } from '../../action.ts';

export const internetGatewayActions: ActionTable = {};
