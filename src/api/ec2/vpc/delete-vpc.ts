/**
 * Deletes an empty VPC and what it was born with. That rules, private zones and authorizations of Route 53 name it keeps nobody
 * from deleting it; they forget it. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
 */
import { remove } from '../../../model/edit.ts';
import { isInForce, peeringsOf } from '../../../model/peerings.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { peeringDeletion } from '../peering/delete-vpc-peering-connection.ts';
import { isOutstanding } from '../peering/state.ts';

export const deleteVpc = ec2Action<'DeleteVpc'>({ VpcId: true }, (input, context) => {
  const { intent } = context;
  const vpc = find(context, 'vpc', input.VpcId);
  const tables = intent.table('routeTable').by('vpcId', vpc.id);
  const groups = intent.table('securityGroup').by('vpcId', vpc.id);
  const acls = intent.table('networkAcl').by('vpcId', vpc.id);
  const peerings = peeringsOf(intent, vpc.id).filter(
    (each) => isInForce(each) || (isOutstanding(each, context.facts) && !each.failed),
  );
  const hasDependents =
    // Somebody else's request must be rejected first; all other connections go with the VPC.
    peerings.some((each) => !isInForce(each) && each.requester.account !== vpc.account) ||
    intent.table('subnet').count('vpcId', vpc.id) > 0 ||
    intent.table('internetGateway').count('vpcId', vpc.id) > 0 ||
    intent.table('egressOnlyInternetGateway').count('vpcId', vpc.id) > 0 ||
    intent.table('vpnGateway').count('vpcId', vpc.id) > 0 ||
    intent.table('networkInterface').count('vpcId', vpc.id) > 0 ||
    intent
      .table('vpcEndpoint')
      .by('vpcId', vpc.id)
      .some((each) => each.deletedRevision === null) ||
    tables.some((table) => table.id !== vpc.mainRouteTableId) ||
    groups.some((group) => group.id !== vpc.defaultGroupId) ||
    acls.some((acl) => !acl.isDefault);
  if (hasDependents) refuse('DependencyViolation', `The vpc '${vpc.id}' has dependencies and cannot be deleted.`);
  const edits = [
    ...intent.table('securityGroupRule').by('groupId', vpc.defaultGroupId),
    ...groups,
    ...acls,
    ...intent.table('routeTableAssociation').by('vpcId', vpc.id),
    ...tables,
    ...intent.table('resolverAssociation').by('vpcId', vpc.id),
    ...intent.table('queryLogAssociation').by('vpcId', vpc.id),
    ...intent.table('zoneAssociation').by('vpcId', vpc.id),
    ...intent.table('zoneAuthorization').by('vpcId', vpc.id),
    vpc,
  ].map(remove);
  return { edits: [...peerings.map((each) => peeringDeletion(each, context)), ...edits], output: {} };
});
