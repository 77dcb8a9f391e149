/**
 * Public IPv4 addresses of an interface, each 1:1 with one of its private ones. The primary one may have been given automatically;
 * those of secondary ones are elastic.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/MultipleIP.html
 */
import type { AnyResource, NetworkInterface } from './resources.ts';

export interface PublicPair {
  /** The private one. */
  readonly address: string;
  readonly publicAddress: string;
}

/** In the order of the private addresses. */
export function publicPairs({
  addresses,
  publicAddress,
  secondaryPublics = {},
}: Pick<NetworkInterface, 'addresses' | 'publicAddress' | 'secondaryPublics'>): readonly PublicPair[] {
  const [primary = '', ...others] = addresses;
  return [
    ...(publicAddress === null ? [] : [{ address: primary, publicAddress }]),
    ...others.flatMap((address) => {
      const found = secondaryPublics[address];
      return found === undefined ? [] : [{ address, publicAddress: found }];
    }),
  ];
}

/** null: the private address has none from now on. */
export function withPublic(port: NetworkInterface, address: string, publicAddress: string | null): NetworkInterface {
  if (address === port.addresses[0]) return { ...port, publicAddress };
  const { secondaryPublics: { [address]: _, ...others } = {}, ...rest } = port;
  const publics = publicAddress === null ? others : { ...others, [address]: publicAddress };
  return Object.keys(publics).length === 0 ? rest : { ...rest, secondaryPublics: publics };
}

/** Without secondary addresses, and what is public of these. */
export function withoutAddresses(port: NetworkInterface, gone: readonly string[]): NetworkInterface {
  const kept = gone.reduce((now, address) => withPublic(now, address, null), port);
  return { ...kept, addresses: port.addresses.filter((address) => !gone.includes(address)) };
}

/** The index of the Intent: what its secondary addresses are known by. */
export function secondaryPublicAddresses(resource: AnyResource): readonly string[] {
  return resource.kind === 'networkInterface' ? Object.values(resource.secondaryPublics ?? {}) : [];
}
