// What the scenarios need: keys of two environments, servers that fail, and a clean environment.
import { type FaultServer, type Behaviour, startFaultServer } from '../../support/fault-server.js';
import { type ForwardProxy, startForwardProxy } from '../../support/forward-proxy.js';
import type { Identity } from '../../support/authority.js';
import { createSigner, forge, claims } from '../../support/jws.js';
import type { WorkosTokenErrorCode, WorkosTokenOptions } from 'verify-workos-token';

/** A mistake as developers make it, and the row of the table that must be named. */
export interface Scenario {
  /** What was done, in words. */
  readonly mistake: string;
  /** The id of the row. */
  readonly cause: string;
  readonly code: WorkosTokenErrorCode;
  make(world: World): Attempt | Promise<Attempt>;
}

/** What `verifyWorkosToken` is called with. */
export interface Attempt {
  readonly token: unknown;
  readonly options?: WorkosTokenOptions;
  /** Variables of the environment; `undefined` takes one out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Another way in than `verifyWorkosToken`, which a command line can't go. */
  call?(token: unknown, options: WorkosTokenOptions | undefined): Promise<unknown>;
}

/** The environment that is verified for, and another one of the same people. */
export const production = createSigner('key_1');
export const staging = createSigner('key_2');
export const good: string = production.sign();

export class World {
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** A key server on loopback, with https where it has a certificate. */
  async server(behaviour: Behaviour, identity?: Identity): Promise<FaultServer> {
    const server = await startFaultServer(behaviour, identity);
    this.#closing.push(server.close);
    return server;
  }

  async proxy(port: number): Promise<ForwardProxy> {
    const proxy = await startForwardProxy(port);
    this.#closing.push(proxy.close);
    return proxy;
  }

  /** For what else has to be closed. */
  closing(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.splice(0).map((close) => close()));
  }
}

/** A token that was passed, with the options of a program that is right. */
export const passed = (token: unknown, options: WorkosTokenOptions = {}): Attempt => ({
  token,
  options: { ...production.options, ...options },
});

/** A token with these claims and a good signature. */
export const signed = (
  changes: Record<string, unknown>,
  options: WorkosTokenOptions = {},
): Attempt => passed(production.sign(claims(changes)), options);

/** One whose key is not in the key set, as another environment's is. */
export const foreign = (changes: Record<string, unknown>): Attempt =>
  passed(staging.sign(claims(changes)));

/** One with this header and a signature that nobody made. */
export const headed = (
  header: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): Attempt => passed(production.sign(claims(changes), header));

export { claims, forge };

/** The segments of the good token. */
export const [header = '', payload = '', signature = ''] = good.split('.');
