/** The AWS services that Culvert brings a backend for, by their short names (docs/decisions/embedded-services.md). Sorted. */
export const EMBEDDED_SERVICES: readonly string[] = ['dynamodb', 'logs', 's3', 'sns', 'sqs'];
