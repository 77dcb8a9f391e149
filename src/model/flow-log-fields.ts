/**
 * The fields of a flow log's records, and how a format names them: "${srcaddr} ${dstaddr}".
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html#flow-logs-fields
 */

/** By the version that brought them, in AWS's order. */
const VERSIONS = {
  2: [
    ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'],
    ...['packets', 'bytes', 'start', 'end', 'action', 'log-status'],
  ],
  3: ['vpc-id', 'subnet-id', 'instance-id', 'tcp-flags', 'type', 'pkt-srcaddr', 'pkt-dstaddr'],
  4: ['region', 'az-id', 'sublocation-type', 'sublocation-id'],
  5: ['pkt-src-aws-service', 'pkt-dst-aws-service', 'flow-direction', 'traffic-path'],
} as const satisfies Record<number, readonly string[]>;

/** The version of each field. */
export const FLOW_LOG_FIELDS: ReadonlyMap<string, number> = new Map(
  Object.entries(VERSIONS).flatMap(([version, names]) => names.map((name) => [name, Number(version)] as const)),
);

export const DEFAULT_FORMAT: string = formatOf(VERSIONS[2]);

export function formatOf(fields: readonly string[]): string {
  return fields.map((name) => `\${${name}}`).join(' ');
}

/** The fields of a format in its order; undefined: it is none. */
export function fieldsOf(format: string): readonly string[] | undefined {
  const fields = format.split(' ').map((each) => /^\$\{([a-z0-9-]+)\}$/.exec(each)?.[1]);
  return fields.every((each) => each !== undefined) ? fields : undefined;
}
