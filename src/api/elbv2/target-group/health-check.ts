/**
 * Health checks of a target group: AWS's defaults, bounds and which settings go together.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
 */
import type { HealthCheck } from '../../../model/resources.ts';
import type { Input } from '../action.ts';
import { badConfiguration, inRange, invalid } from '../checks.ts';

type Wish = Pick<
  Input<'CreateTargetGroup'>,
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckPath'
  | 'HealthCheckEnabled'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'Matcher'
>;

export const HEALTH_READS = {
  HealthCheckProtocol: true,
  HealthCheckPort: true,
  HealthCheckPath: true,
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: true,
  HealthCheckTimeoutSeconds: true,
  HealthyThresholdCount: true,
  UnhealthyThresholdCount: true,
  Matcher: { HttpCode: true },
} as const;

const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS'] as const;
const DEFAULT_TIMEOUTS = { TCP: 10, HTTP: 6, HTTPS: 10 } as const;
const DEFAULT_PATH = '/';
const DEFAULT_CODES = '200-399';
const TRAFFIC_PORT = 'traffic-port';
const MAX_PATH = 1024;

/** `present`: what it is now, for a change; what a wish does not name stays, or is the default of a new one. */
export function healthCheckAfter(wish: Wish, present?: HealthCheck): HealthCheck {
  if (wish.HealthCheckEnabled === false) {
    badConfiguration('Health check enabled must be true for target groups with target type instance or ip');
  }
  const protocol = protocolOf(wish.HealthCheckProtocol ?? present?.protocol ?? 'TCP');
  // The settings of another protocol do not carry over.
  const before = present?.protocol === protocol ? present : undefined;
  const check: HealthCheck = {
    protocol,
    port: portOf(wish.HealthCheckPort ?? present?.port ?? TRAFFIC_PORT),
    ...httpPart(wish, protocol, before),
    intervalSeconds: inRange(
      wish.HealthCheckIntervalSeconds ?? present?.intervalSeconds ?? 30,
      'healthCheckIntervalSeconds',
      5,
      300,
    ),
    timeoutSeconds: inRange(
      wish.HealthCheckTimeoutSeconds ?? before?.timeoutSeconds ?? DEFAULT_TIMEOUTS[protocol],
      'healthCheckTimeoutSeconds',
      2,
      120,
    ),
    healthyThreshold: inRange(
      wish.HealthyThresholdCount ?? present?.healthyThreshold ?? 5,
      'healthyThresholdCount',
      2,
      10,
    ),
    unhealthyThreshold: inRange(
      wish.UnhealthyThresholdCount ?? present?.unhealthyThreshold ?? 2,
      'unhealthyThresholdCount',
      2,
      10,
    ),
  };
  if (check.timeoutSeconds > check.intervalSeconds) {
    invalid(
      `Health check timeout '${check.timeoutSeconds}' must be smaller than or equal to the interval '${check.intervalSeconds}'`,
    );
  }
  return check;
}

function protocolOf(text: string): HealthCheck['protocol'] {
  return (
    PROTOCOLS.find((each) => each === text) ??
    invalid(`Health check protocol '${text}' must be one of '${PROTOCOLS.join(', ')}'`)
  );
}

function portOf(text: string): string {
  const isPort = /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
  if (text !== TRAFFIC_PORT && !isPort) {
    invalid(`Health check port '${text}' must be '${TRAFFIC_PORT}' or a number between '1' and '65535'`);
  }
  return text === TRAFFIC_PORT ? text : String(Number(text));
}

function httpPart(
  wish: Wish,
  protocol: HealthCheck['protocol'],
  before: HealthCheck | undefined,
): Pick<HealthCheck, 'path' | 'matcher'> {
  const codes = wish.Matcher?.HttpCode;
  if (protocol === 'TCP') {
    if (wish.HealthCheckPath !== undefined)
      badConfiguration('Health check path cannot be specified for TCP health checks');
    if (codes !== undefined) badConfiguration('Health check matcher cannot be specified for TCP health checks');
    return { path: null, matcher: null };
  }
  const path = wish.HealthCheckPath ?? before?.path ?? DEFAULT_PATH;
  // What a request line can hold: printable ASCII without a space.
  if (path.length > MAX_PATH || !/^\/[\x21-\x7e]*$/.test(path)) {
    invalid(
      `Health check path '${path}' must begin with a '/' character, and can be at most '${MAX_PATH}' characters in length`,
    );
  }
  return { path, matcher: codes === undefined ? (before?.matcher ?? DEFAULT_CODES) : checkedCodes(codes) };
}

/** "200", "200,202" or "200-299", alone or together. */
function checkedCodes(text: string): string {
  const isRight = text.split(',').every((part) => {
    const [, from = '', to = from] = /^(\d{3})(?:-(\d{3}))?$/.exec(part) ?? [];
    return from >= '200' && to <= '599' && from <= to;
  });
  return isRight ? text : invalid(`Health check matcher HTTP code '${text}' must be within '200-599' inclusive`);
}
