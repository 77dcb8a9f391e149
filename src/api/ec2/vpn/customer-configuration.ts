/**
 * What AWS tells the customer's router of a connection: XML, as clients read it (Terraform's provider takes both tunnels' addresses
 * from it). Ours has neither keys nor addresses inside the tunnels: a site's router is Culvert's, and has what it needs.
 * https://docs.aws.amazon.com/vpn/latest/s2svpn/your-cgw.html
 */
import type { Intent } from '../../../model/intent.ts';
import type { VpnConnection } from '../../../model/resources.ts';

const HOLD_SECONDS = 30;
/** In place of the second tunnel's address: there is none. It sorts behind every address, as clients sort them. */
const NOT_MADE = 'not-made';

export function customerConfiguration(intent: Intent, connection: VpnConnection): string {
  const { id, customerGatewayId, end, staticOnly, outsideAddress = NOT_MADE } = connection;
  const customer = intent.table('customerGateway').get(customerGatewayId);
  const asn = intent.table(end.kind).get(end.id)?.asn;
  const bgp = (number: number | undefined) =>
    staticOnly ? '' : element('bgp', element('asn', number ?? '') + element('hold_time', HOLD_SECONDS));
  const outside = (address: string) => element('tunnel_outside_address', element('ip_address', address));
  const tunnel = (address: string) =>
    element(
      'ipsec_tunnel',
      element('customer_gateway', outside(customer?.address ?? '') + bgp(customer?.asn)) +
        element('vpn_gateway', outside(address) + bgp(asn)),
    );
  const parts = [
    element('customer_gateway_id', customerGatewayId),
    end.kind === 'vpnGateway' ? element('vpn_gateway_id', end.id) : element('transit_gateway_id', end.id),
    element('vpn_connection_type', 'ipsec.1'),
    staticOnly ? element('vpn_connection_attributes', 'NoBGPVPNConnection') : '',
    tunnel(outsideAddress),
    tunnel(NOT_MADE),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="${id}">${parts.join('')}</vpn_connection>`;
}

/** What is inside are ids, numbers, addresses and such elements: nothing to escape. */
function element(name: string, inside: string | number): string {
  return `<${name}>${inside}</${name}>`;
}
