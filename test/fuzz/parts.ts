/** What steps of all subjects are made of. */
import fc from 'fast-check';

/** Of whatever there is by then: the third group, and so on. */
export const index = fc.nat(11);

const port = fc.constantFrom(22, 80, 443, 8080, 9000);

/** The last three: echo requests, what answers them, and all of ICMPv6. */
export const protocol = fc.constantFrom('tcp', 'tcp', 'tcp', 'udp', '-1', '-1', 'icmp', 'echo', 'echoReply', 'icmpv6');

export const ports = fc.oneof(
  port.map((from) => ({ from, to: from })),
  fc.constant({ from: 0, to: 65_535 }),
  fc.constantFrom({ from: 32_768, to: 60_999 }, { from: 1024, to: 45_000 }, { from: 80, to: 8079 }),
);

export const side = fc.constantFrom('ingress', 'egress');

export const aclEntry = fc.record({
  number: fc.constantFrom(50, 90, 100, 110, 150),
  isEgress: fc.boolean(),
  isAllowed: fc.boolean(),
  protocol,
  ports,
  block: fc.constantFrom('0.0.0.0/0', '0.0.0.0/0', '::/0', '10.0.0.0/16', '10.0.1.0/24', '10.0.0.0/24', '10.1.0.0/16'),
});
