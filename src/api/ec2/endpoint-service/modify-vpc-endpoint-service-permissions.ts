/**
 * Adds and removes principals that may see the service. Endpoints that are there already live on, whoever is removed.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpointServicePermissions.html
 */
import { put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ServicePermission } from '../../../model/resources.ts';
import { distinct } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { ec2Action } from '../action.ts';
import { findService } from './find-service.ts';
import { checkPrincipal } from './principals.ts';
import { viewPermission } from './view-permission.ts';

export const modifyVpcEndpointServicePermissions = ec2Action<'ModifyVpcEndpointServicePermissions'>(
  { ServiceId: true, AddAllowedPrincipals: true, RemoveAllowedPrincipals: true },
  (input, context) => {
    const { id } = findService(context, input.ServiceId);
    const wanted = distinct(input.AddAllowedPrincipals ?? []);
    const unwanted = distinct(input.RemoveAllowedPrincipals ?? []);
    if (wanted.length === 0 && unwanted.length === 0) {
      refuse(
        'MissingParameter',
        'The request must contain the parameter AddAllowedPrincipals or RemoveAllowedPrincipals',
      );
    }
    const both = wanted.find((principal) => unwanted.includes(principal));
    if (both !== undefined) {
      refuse('InvalidParameterCombination', `The principal ${both} cannot be added and removed in one request.`);
    }
    for (const principal of wanted) checkPrincipal(principal, context.intent);
    const present = context.intent.table('servicePermission').by('serviceId', id);
    const removed = present.filter(({ principal }) => unwanted.includes(principal));
    const added = wanted
      .filter((principal) => !present.some((permission) => permission.principal === principal))
      .map(
        (principal): ServicePermission => ({
          ...newResource(context, 'servicePermission'),
          kind: 'servicePermission',
          serviceId: id,
          principal,
        }),
      );
    return {
      edits: [...removed.map(remove), ...added.map(put)],
      output: { AddedPrincipals: added.map(viewPermission), ReturnValue: true },
    };
  },
);
