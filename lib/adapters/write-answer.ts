import type { ServerResponse } from 'node:http';
import { answerOf } from '../answer.ts';
import type { WorkosTokenError } from '../error.ts';

/** A challenge of the scheme that is ours to offer. */
const BEARER = /^\s*bearer(?:\s|$)/i;

/** Responds to a Node request with an error. */
export function writeAnswer(response: ServerResponse, error: WorkosTokenError): void {
  const { status, headers, body } = answerOf(error);
  response.statusCode = status;
  Object.keys(headers).forEach((name) => {
    // Fakes of a response that only take headers are common in tests.
    const earlier = linesOf(response.getHeader?.(name));
    response.setHeader(name, withEarlier(name, headers[name], earlier));
  });
  response.end(body);
}

function linesOf(value: ReturnType<ServerResponse['getHeader']>): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

/**
 * Two headers are lists that middleware before it adds to: the challenges of all schemes (RFC 9110,
 * section 11.6.1), and the names that scripts may read, such as those of `cors`. A refusal replaces any
 * other: nothing that was meant for a good response, such as a time to cache it, holds for this one.
 */
function withEarlier(name: string, value: string, earlier: readonly string[]): string | string[] {
  if (name === 'Access-Control-Expose-Headers') return joined(value, earlier);
  if (name !== 'WWW-Authenticate') return value;
  // A line with several challenges counts by the first: where one ends can't be told without parsing all.
  const others = earlier.filter((line) => line.trim() !== '' && !BEARER.test(line));
  // Ours comes first, since some clients read no further.
  return others.length === 0 ? value : [value].concat(others);
}

/** Names of headers, each once, in whatever case. */
function joined(value: string, earlier: readonly string[]): string {
  const names = namesIn(earlier.join());
  const lowerCase = names.map((name) => name.toLowerCase());
  const added = namesIn(value).filter((name) => !lowerCase.includes(name.toLowerCase()));
  return names.concat(added).join(', ');
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
