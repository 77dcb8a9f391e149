/**
 * The condition keys that every request has, whatever it asks for: when, where, by which way it came.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
import type { RequestContext } from './conditions.ts';

export interface Way {
  readonly now: Date;
  readonly region: string;
  /** Whether it came by TLS. */
  readonly isSecure: boolean;
  /** The endpoint that it crossed; null: the public way. */
  readonly endpoint: { readonly vpcEndpointId: string; readonly vpcId: string } | null;
  /** Private if it crossed an endpoint, else public; null: it cannot be told. */
  readonly clientAddress: string | null;
  /** Of the user or role that calls. */
  readonly principalTags: Readonly<Record<string, string>>;
}

export function globalKeys({ now, region, isSecure, endpoint, clientAddress, principalTags }: Way): RequestContext {
  const address = clientAddress === null ? [] : [clientAddress];
  return {
    'aws:currenttime': [now.toISOString()],
    'aws:epochtime': [String(Math.floor(now.getTime() / 1000))],
    'aws:requestedregion': [region],
    'aws:securetransport': [String(isSecure)],
    'aws:viaawsservice': ['false'],
    'aws:principalisawsservice': ['false'],
    ...(endpoint === null
      ? { 'aws:sourceip': address }
      : {
          'aws:sourcevpce': [endpoint.vpcEndpointId],
          'aws:sourcevpc': [endpoint.vpcId],
          'aws:vpcsourceip': address,
        }),
    ...tagKeys('aws:principaltag', principalTags),
  };
}

/** "aws:principaltag/team": [value]. */
export function tagKeys(key: string, tags: Readonly<Record<string, string>>): RequestContext {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${key}/${name.toLowerCase()}`, [value]]));
}
