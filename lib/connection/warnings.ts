// What a test could not see, or what may fail later though a token could be verified now.

import type { WorkosConnectionReport, WorkosDiscovery } from '../../index.cjs';

/** The claims that are checked before the audience, by profile: in another, it has been looked at. */
const BEFORE_AUDIENCE = Object.freeze({
  session: Object.freeze(['exp', 'nbf', 'iat', 'iss']),
  connect: Object.freeze(['exp', 'nbf', 'iat', 'iss', 'sid']),
}) satisfies Record<string, readonly string[]>;

const NO_TOKEN =
  "The audience can't be checked without a token: by default, WorkOS's tokens have no aud claim and are refused. Pass an access token as `token` to check it too.";
const NO_CONNECT_TOKEN =
  "The audience can't be checked without a token: a Connect token is for the resource that its client asked for, if that is a resource indicator in the WorkOS dashboard. Pass an access token as `token` to check it too.";
const UNSEEN_AUDIENCE =
  'The token was refused before its audience was checked. Fix that first, and test again.';

type Facts = Omit<WorkosConnectionReport, 'success' | 'warnings'>;

export function warningsOf(
  facts: Facts,
  config: {
    isConnect: boolean;
    checksAudience: boolean;
    clockToleranceSeconds: number;
    listedKeys: number;
  },
): readonly string[] {
  // A fixed key set is there without a server, and without documents.
  const isFixed = facts.jwksUrl === null;
  const discoveries = isFixed ? [] : [facts.discovery].concat(facts.otherDiscoveries);
  const warnings = [
    config.checksAudience ? ofAudience(facts, config.isConnect) : undefined,
    ...discoveries.map((discovery) => ofDiscovery(discovery, config.isConnect)),
    ofClock(facts.clockSkewSeconds, config.clockToleranceSeconds),
    ofKeys(facts.keys, config.listedKeys),
  ];
  return Object.freeze(warnings.filter((warning) => warning !== undefined));
}

function ofAudience({ token }: Facts, isConnect: boolean): string | undefined {
  if (token === null) return isConnect ? NO_CONNECT_TOKEN : NO_TOKEN;
  if (token.error === null) return undefined;
  // Without a claim, it was refused before any was checked.
  const before: readonly string[] = BEFORE_AUDIENCE[isConnect ? 'connect' : 'session'];
  return token.claim === null || before.includes(token.claim) ? UNSEEN_AUDIENCE : undefined;
}

function ofDiscovery(
  { status, configuredIssuer, reason }: WorkosDiscovery,
  isConnect: boolean,
): string | undefined {
  if (status === 'ok' || status === 'mismatch') return undefined;
  if (status === 'skipped')
    return `The discovery document of ${configuredIssuer} was not requested: ${reason}.`;
  const fact =
    status === 'missing'
      ? `does not exist (status 404). Check ${isConnect ? 'the AuthKit domain' : 'the client id in the issuer'}`
      : `could not be read: ${reason}`;
  return `The discovery document of ${configuredIssuer} ${fact}. Tokens are verified without it.`;
}

function ofClock(skew: number | null, tolerance: number): string | undefined {
  if (skew === null || Math.abs(skew) <= tolerance) return undefined;
  const seconds = `${Math.abs(skew)} s ${skew > 0 ? 'behind' : 'ahead of'}`;
  const effect = skew > 0 ? 'accepted too long' : 'refused as expired too early';
  return `This machine's clock is ${seconds} the key server's, more than \`clockToleranceSeconds\`. If it is this one that is wrong, tokens are ${effect}.`;
}

function ofKeys(keys: Facts['keys'], listed: number): string | undefined {
  if (listed > keys.length)
    return `The key set lists ${listed} keys. Only the first ${keys.length} are shown.`;
  const unusable = keys.filter(({ usable }) => !usable).length;
  if (unusable === 0 || unusable === keys.length) return undefined;
  return `${unusable} of ${keys.length} keys can't be used: see \`reason\` of each.`;
}
