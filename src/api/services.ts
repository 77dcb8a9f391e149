/** The actions of every service that Culvert is itself, by the name that requests are signed for. */
import { acmActions } from './acm/index.ts';
import type { ActionTable } from './action.ts';
import { cloudtrailActions } from './cloudtrail/index.ts';
import { cloudwatchActions } from './cloudwatch/index.ts';
import { directConnectActions } from './directconnect/index.ts';
import { ec2Actions } from './ec2/index.ts';
import { elbv2Actions } from './elbv2/index.ts';
import { eventsActions } from './eventbridge/index.ts';
import { iamActions } from './iam/index.ts';
import { resolverActions } from './resolver/index.ts';
import { route53Actions } from './route53/index.ts';
import { serviceQuotasActions } from './service-quotas/index.ts';
import { stsActions } from './sts/index.ts';

export const ACTIONS = {
  acm: acmActions,
  cloudtrail: cloudtrailActions,
  directconnect: directConnectActions,
  ec2: ec2Actions,
  elasticloadbalancing: elbv2Actions,
  events: eventsActions,
  iam: iamActions,
  monitoring: cloudwatchActions,
  route53: route53Actions,
  route53resolver: resolverActions,
  servicequotas: serviceQuotasActions,
  sts: stsActions,
} satisfies Readonly<Record<string, ActionTable>>;
