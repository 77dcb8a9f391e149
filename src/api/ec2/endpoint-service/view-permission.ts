/** An allowed principal in the SDK's shape. */
import type { PrincipalType } from '@aws-sdk/client-ec2';
import type { ServicePermission } from '../../../model/resources.ts';
import { principalType } from './principals.ts';

export function viewPermission({ id, serviceId, principal }: ServicePermission): {
  PrincipalType: PrincipalType;
  Principal: string;
  ServicePermissionId: string;
  ServiceId: string;
} {
  return {
    PrincipalType: principalType(principal),
    Principal: principal,
    ServicePermissionId: id,
    ServiceId: serviceId,
  };
}
