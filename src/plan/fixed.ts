/** What AWS fixes for everybody's connections: no attribute changes it. The driver puts it in force, the analyser tells it. */

/**
 * Bytes, of what goes through an endpoint: what is larger vanishes unanswered.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
 */
export const CROSSING_MTU = 8500;

/** Of endpoints of AWS's own services: a customer's service has those of its load balancer's listeners. The same page. */
export const CROSSING_IDLE_SECONDS = { tcp: 350, udp: 120 } as const;

/** Of TCP and UDP alike. https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html */
export const NAT_IDLE_SECONDS = 350;
