/** Outputs and refusals as bytes, in each protocol's own form. */
import type { Refusal } from '../model/refusal.ts';
import { encodeRest } from './rest.ts';
import type { ServiceRow } from './services.ts';
import { type ErrorName, errorsOf, type Operation } from './shape.ts';
import { printTree, writeTree } from './tree.ts';
import type { Protocol, RawResponse, Structure } from './types.ts';
import { escapeXml, legibleXml, writeXmlMembers } from './xml.ts';

const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function encodeOutput(
  row: ServiceRow,
  operation: Operation,
  protocol: Protocol,
  output: Structure,
  requestId: string,
): RawResponse {
  switch (protocol) {
    case 'ec2Query': {
      const inner = operation.noOutput ? '<return>true</return>' : writeXmlMembers(operation.output, output, 'default');
      const name = `${operation.name}Response`;
      return xml(
        200,
        requestId,
        `<${name} xmlns="${row.xmlNamespace}"><requestId>${requestId}</requestId>${inner}</${name}>`,
      );
    }
    case 'awsQuery': {
      const result = operation.noOutput
        ? ''
        : `<${operation.name}Result>${writeXmlMembers(operation.output, output, 'date-time')}</${operation.name}Result>`;
      const name = `${operation.name}Response`;
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return xml(200, requestId, `<${name} xmlns="${row.xmlNamespace}">${result}${metadata}</${name}>`);
    }
    case 'restXml':
      return encodeRest(row, operation, output, requestId);
    case 'rpcv2Cbor':
      return tree(200, requestId, protocol, writeTree(operation.output, output, 'cbor'));
    default:
      return tree(200, requestId, protocol, writeTree(operation.output, output, 'json'));
  }
}

/** `row` null: the request is for no service of the table. */
export function encodeRefusal(
  row: ServiceRow | null,
  protocol: Protocol,
  refusal: Refusal,
  requestId: string,
): RawResponse {
  const { status, message } = refusal;
  switch (protocol) {
    case 'ec2Query':
      return xml(
        status,
        requestId,
        `<Response><Errors><Error><Code>${escapeXml(refusal.code)}</Code><Message>${legibleXml(message)}</Message></Error></Errors>` +
          `<RequestID>${requestId}</RequestID></Response>`,
      );
    case 'awsQuery':
      return wrappedError(row, refusal, requestId);
    case 'restXml':
      // Only S3's errors stand alone.
      if (row !== null && row.name !== 's3') return wrappedError(row, refusal, requestId);
      return xml(
        status,
        requestId,
        `<Error><Code>${escapeXml(refusal.code)}</Code><Message>${legibleXml(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
        'x-amz-request-id',
      );
    default: {
      const error = modelled(row, refusal.code);
      const type = error === undefined ? refusal.code : `${error.namespace}#${error.shape}`;
      const extra: Record<string, string> =
        row?.queryCompatible === true
          ? { 'x-amzn-query-error': `${error?.queryCode ?? refusal.code};${fault(status)}` }
          : {};
      return tree(status, requestId, protocol, { __type: type, message }, extra);
    }
  }
}

function wrappedError(row: ServiceRow | null, { code, message, status }: Refusal, requestId: string): RawResponse {
  return xml(
    status,
    requestId,
    `<ErrorResponse xmlns="${row?.xmlNamespace ?? ''}"><Error><Type>${fault(status)}</Type>` +
      `<Code>${escapeXml(modelled(row, code)?.queryCode ?? code)}</Code><Message>${legibleXml(message)}</Message></Error>` +
      `<RequestId>${requestId}</RequestId></ErrorResponse>`,
  );
}

function modelled(row: ServiceRow | null, code: string): ErrorName | undefined {
  return row === null ? undefined : errorsOf(row).get(code);
}

function fault(status: number): 'Sender' | 'Receiver' {
  return status >= 500 ? 'Receiver' : 'Sender';
}

function xml(status: number, requestId: string, text: string, idHeader = 'x-amzn-requestid'): RawResponse {
  const headers = { 'content-type': 'text/xml;charset=UTF-8', [idHeader]: requestId };
  return { status, headers, body: XML_HEAD + text };
}

function tree(
  status: number,
  requestId: string,
  protocol: Protocol,
  value: unknown,
  extra: Record<string, string> = {},
): RawResponse {
  const headers = { 'x-amzn-requestid': requestId, ...extra };
  if (protocol === 'rpcv2Cbor') {
    return {
      status,
      headers: { ...headers, 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      body: printTree(value, 'cbor'),
    };
  }
  const type = protocol === 'awsJson1.1' ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0';
  return { status, headers: { ...headers, 'content-type': type }, body: printTree(value, 'json') };
}
