/**
 * Load balancers on the way that send to targets none of which is well: with nobody better they send to all of them (fail-open),
 * so that packets arrive where health checks say that nobody answers.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
 */
import type { Trace } from '../../analyse/flow.ts';
import type { Advice } from '../../analyse/reasons.ts';
import type { Intent } from '../../model/intent.ts';
import type { Target } from '../../model/resources.ts';
import type { Case } from './advise.ts';

export function healthAdvice(asked: Case): readonly Advice[] {
  const advice = asked.found.paths.flatMap(({ trace }) => adviceOn(asked, trace));
  return [...new Map(advice.map((each) => [each.components.join(' '), each])).values()];
}

function adviceOn({ intent, facts }: Case, { hops, targets }: Trace): readonly Advice[] {
  const spread = hops.find(({ stage, reason }) => stage === 'spread' && reason === null);
  const listener = intent.table('listener').get(spread?.by ?? '');
  if (listener === undefined || targets.length === 0) return [];
  const { targetGroupId } = listener;
  const registered = intent.table('target').by('targetGroupId', targetGroupId);
  const used = new Set(targets.map(({ flow }) => `${flow.to.address}:${flow.to.port}`));
  const served = registered.filter((each) => used.has(`${addressOf(intent, each)}:${each.port}`));
  const states = served.map((target) => ({ target, fact: facts.targets.get(target.id) }));
  if (states.length === 0 || states.some(({ fact }) => fact?.state !== 'unhealthy')) return [];
  const who = states.map(({ target, fact }) => `${target.targetId} (${fact?.reason ?? 'unhealthy'})`).join(', ');
  return [
    {
      code: 'CULVERT_NO_HEALTHY_TARGET',
      components: [targetGroupId, ...states.map(({ target }) => target.targetId)],
      sentence: `no target that ${listener.loadBalancerId} could send to there is healthy, so it sends to all of them (fail-open): ${who}`,
      fixes: [
        `aws elbv2 register-targets --target-group-arn ${targetGroupId} --targets Id=${substitute(intent, registered)}`,
      ],
    },
  ];
}

function addressOf(intent: Intent, { targetId }: Target): string {
  if (!targetId.startsWith('i-')) return targetId;
  return primary(intent, targetId)?.addresses[0] ?? '';
}

function primary(intent: Intent, instance: string) {
  const interfaces = intent.table('networkInterface').by('attachment.instanceId', instance);
  return interfaces.find(({ attachment }) => attachment?.deviceIndex === 0);
}

/** Another instance in the same groups, or '…'. */
function substitute(intent: Intent, registered: readonly Target[]): string {
  const known = new Set(registered.map(({ targetId }) => targetId));
  for (const { targetId } of registered) {
    const [group = ''] = primary(intent, targetId)?.groupIds ?? [];
    const other = intent
      .table('networkInterface')
      .by('groupIds', group)
      .find(({ attachment }) => attachment != null && !known.has(attachment.instanceId));
    if (other?.attachment) return other.attachment.instanceId;
  }
  return 'i-…';
}
