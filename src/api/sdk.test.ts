/** The types say no: these lines are wrong, and would fail `tsc` if they were taken. Nothing here runs. */
import { test } from 'node:test';
import type * as EC2 from '@aws-sdk/client-ec2';
import type * as IAM from '@aws-sdk/client-iam';
import type { ActionOf, TypedActions } from './sdk.ts';

type DescribeVpcs = ActionOf<typeof EC2, 'DescribeVpcs'>;

export const right: DescribeVpcs = (input) => {
  const ids: string[] = input.VpcIds ?? [];
  return { edits: [], output: { Vpcs: ids.map((VpcId) => ({ VpcId, State: 'available' as const })) } };
};
/** Required members are there. */
export const required: ActionOf<typeof IAM, 'GetRole'> = (input) => {
  const name: string = input.RoleName;
  return { edits: [], output: { Role: { Path: '/', RoleName: name, RoleId: '', Arn: '', CreateDate: new Date(0) } } };
};
// @ts-expect-error a value that the enum does not have
export const badEnum: DescribeVpcs = () => ({ edits: [], output: { Vpcs: [{ State: 'availabel' }] } });
// @ts-expect-error a member that the output does not have
export const badMember: DescribeVpcs = () => ({ edits: [], output: { Vpcz: [] } });
// @ts-expect-error a member that the input does not have
export const badInput: DescribeVpcs = (input) => ({ edits: [], output: { NextToken: input.VpcId } });
export const table: TypedActions<typeof EC2> = { DescribeVpcs: right };
// @ts-expect-error an operation that the service does not have
export const badTable: TypedActions<typeof EC2> = { DescribeVpcss: right };

test('actions are typed by the SDK', () => {});
