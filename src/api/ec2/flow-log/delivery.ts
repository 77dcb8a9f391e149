/**
 * Whether a flow log's records can be delivered: by what its role may, and by how the last of them fared. Nothing of it is stored.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
 */
import { arnOf } from '../../../iam/arn.ts';
import { identityVerdict } from '../../../iam/evaluate.ts';
import { serviceMayAssume } from '../../../iam/trust.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import type { FlowLog, Role } from '../../../model/resources.ts';
import { ec2Arn } from '../../shared/resource.ts';

const ACCESS_ERROR = 'Access error';
const SERVICE = 'vpc-flow-logs.amazonaws.com';

export interface Access {
  readonly writes: boolean;
  /** Makes the log group where there is none. */
  readonly makesGroup: boolean;
}

/** A bucket's policy is made to allow it, as AWS does for buckets of one's own. */
export function accessOf(intent: Intent, log: FlowLog): Access {
  const { account, region, roleArn, destination } = log;
  if (destination.kind === 'bucket') return { writes: true, makesGroup: false };
  const role = intent
    .table('role')
    .by('name', roleArn?.slice(roleArn.lastIndexOf('/') + 1) ?? '')
    .find((each) => arnOf(each) === roleArn);
  const trust = { 'aws:sourceaccount': [account], 'aws:sourcearn': [ec2Arn(log, 'vpc-flow-log')] };
  if (role === undefined || !serviceMayAssume(role, SERVICE, trust)) return { writes: false, makesGroup: false };
  const group = `arn:aws:logs:${region}:${account}:log-group:${destination.name}`;
  const may = (action: string, resource: string) => isAllowed(intent, role, action, resource);
  const stream = `${group}:log-stream:*`;
  return {
    writes: may('logs:CreateLogStream', stream) && may('logs:PutLogEvents', stream),
    makesGroup: may('logs:CreateLogGroup', group),
  };
}

function isAllowed(intent: Intent, role: Role, action: string, resource: string): boolean {
  const { account, id: roleId, name: roleName, path } = role;
  const principal = {
    kind: 'session',
    account,
    roleId,
    roleName,
    path,
    sessionName: 'flow-logs',
    policies: [],
  } as const;
  return identityVerdict(intent, { principal, action, resource, context: {} }) === 'allow';
}

/** AWS's word for what is wrong; null: nothing is. */
export function deliveryFault(intent: Intent, facts: Facts, log: FlowLog): string | null {
  return accessOf(intent, log).writes ? (facts.logFaults.get(log.id) ?? null) : ACCESS_ERROR;
}
