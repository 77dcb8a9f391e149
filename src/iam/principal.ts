/** Who makes a call. */
export type Principal =
  | { readonly kind: 'root'; readonly account: string }
  | {
      readonly kind: 'user';
      readonly account: string;
      readonly userName: string;
      readonly userId: string;
      readonly path: string;
    }
  | {
      readonly kind: 'session';
      readonly account: string;
      readonly roleName: string;
      /** AROA… */
      readonly roleId: string;
      readonly path: string;
      readonly sessionName: string;
      /** Session policies given to AssumeRole; empty: none. */
      readonly policies: readonly string[];
    };

/** The principal's ARN as STS GetCallerIdentity tells it. */
export function principalArn(principal: Principal): string {
  switch (principal.kind) {
    case 'root':
      return `arn:aws:iam::${principal.account}:root`;
    case 'user':
      return `arn:aws:iam::${principal.account}:user${principal.path}${principal.userName}`;
    case 'session':
      return `arn:aws:sts::${principal.account}:assumed-role/${principal.roleName}/${principal.sessionName}`;
  }
}
