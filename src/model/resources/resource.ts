/** What every kind of resource has in common. */

/** What all resources share. `region` is '' for global services (IAM). `tags` are the customer's own. */
export interface Resource {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
}
