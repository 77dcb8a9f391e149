/**
 * A path to be analysed: from an instance, a network interface, an internet gateway or an endpoint to one of these, an endpoint service
 * or an address. What else AWS takes as an end (transit gateways and their attachments, peering connections, VPN gateways), and
 * filters at the ends, are refused by name.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsPath.html
 */
import { put } from '../../../model/edit.ts';
import { type IdKind, isId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInsightsPath } from '../../../model/resources.ts';
import { parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { type FindableKind, find, ownCount } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewPath } from './view-path.ts';

/** https://docs.aws.amazon.com/vpc/latest/reachability/reachability-analyzer-limits.html */
const MOST_PATHS = 100;
const MAX_PORT = 65_535;

const ENDS = ['instance', 'networkInterface', 'internetGateway', 'vpcEndpoint'] as const satisfies FindableKind[];
const TARGETS = [...ENDS, 'endpointService'] as const;
const NOT_YET: readonly IdKind[] = ['transitGateway', 'transitAttachment', 'vpnGateway', 'vpcPeering', 'vpnConnection'];

export const createNetworkInsightsPath = ec2Action<'CreateNetworkInsightsPath'>(
  {
    Source: true,
    SourceIp: true,
    Destination: true,
    DestinationIp: true,
    Protocol: true,
    DestinationPort: true,
    TagSpecifications: true,
    ClientToken: true,
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'network-insights-path');
    const source = endOf(context, required(input.Source, 'Source'), 'Source', ENDS);
    const protocol = required(input.Protocol, 'Protocol');
    const { Destination, DestinationIp, DestinationPort: port } = input;
    if (Destination === undefined && DestinationIp === undefined) {
      refuse('MissingParameter', 'The request must contain the parameter Destination or DestinationIp');
    }
    const destination = Destination === undefined ? null : endOf(context, Destination, 'Destination', TARGETS);
    const sourceAddress = addressOf(input.SourceIp, 'SourceIp');
    const destinationAddress = addressOf(DestinationIp, 'DestinationIp');
    if (port !== undefined && (port < 0 || port > MAX_PORT)) {
      invalidValue(port, 'DestinationPort', `It must be from 0 to ${MAX_PORT}.`);
    }
    if (ownCount(context, 'networkInsightsPath') >= MOST_PATHS) {
      const message = `Performing this operation would exceed the limit of ${MOST_PATHS} network insights paths`;
      refuse('NetworkInsightsPathLimitExceeded', message);
    }
    const path: NetworkInsightsPath = {
      ...newResource(context, 'networkInsightsPath', tags),
      kind: 'networkInsightsPath',
      source,
      destination,
      sourceAddress,
      destinationAddress,
      protocol,
      port: port ?? null,
    };
    return { edits: [put(path)], output: { NetworkInsightsPath: viewPath(path) } };
  },
);

/** The id of the caller's own resource that an id or an ARN names. */
function endOf(context: Context, given: string, parameter: string, kinds: readonly FindableKind[]): string {
  const [, region, account, id = given] = /^arn:aws:ec2:([^:]*):([^:]*):[^/]+\/(.+)$/.exec(given) ?? [];
  const kind = kinds.find((each) => isId(each, id));
  if (kind === undefined) {
    const known = NOT_YET.find((each) => isId(each, id));
    if (known === undefined) invalidValue(given, parameter, 'It is not the ID or ARN of a supported resource.');
    refuse('UnsupportedOperation', `The ${parameter} '${given}' is of a kind that is not supported by Culvert.`);
  }
  const isOurs = (region ?? context.region) === context.region && (account ?? context.account) === context.account;
  if (!isOurs) invalidValue(given, parameter, 'The resource must be in this account and Region.');
  return find(context, kind, id).id;
}

function addressOf(text: string | undefined, parameter: string): string | null {
  if (text === undefined) return null;
  if (parseIp(text)?.version !== 4) invalidValue(text, parameter, 'This is not a valid IPv4 address.');
  return text;
}
