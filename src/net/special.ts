/** What is no address of the public internet (RFC 6890): this network, private, shared, loopback, link-local, protocol assignments, multicast, reserved. */
export const SPECIAL_BLOCKS = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '224.0.0.0/3', '::/3', '4000::/2', '8000::/1'],
] as const;
