import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createVpcEndpoint } from './create-vpc-endpoint.ts';
import { deleteVpcEndpoints } from './delete-vpc-endpoints.ts';
import { describePrefixLists } from './describe-prefix-lists.ts';
import { describeVpcEndpointAssociations } from './describe-vpc-endpoint-associations.ts';
import { describeVpcEndpointServices } from './describe-vpc-endpoint-services.ts';
import { describeVpcEndpoints } from './describe-vpc-endpoints.ts';
import { modifyVpcEndpoint } from './modify-vpc-endpoint.ts';

export const endpointActions = {
  CreateVpcEndpoint: createVpcEndpoint,
  DeleteVpcEndpoints: deleteVpcEndpoints,
  DescribePrefixLists: describePrefixLists,
  DescribeVpcEndpointAssociations: describeVpcEndpointAssociations,
  DescribeVpcEndpointServices: describeVpcEndpointServices,
  DescribeVpcEndpoints: describeVpcEndpoints,
  ModifyVpcEndpoint: modifyVpcEndpoint,
} satisfies TypedActions<typeof EC2>;
