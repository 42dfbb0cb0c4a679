import { bare } from './bare.ts';

/** Adds members to the context of an event; what is `undefined` is not known. */
export function addTo(event: object, members: object): void {
  const own: Record<string, unknown> = bare(members as Record<string, unknown>);
  Object.keys(own).forEach((name) => {
    if (own[name] === undefined) return;
    const member = { value: own[name], enumerable: true, configurable: true, writable: true };
    // It fails quietly on what a listener has frozen, and calls no setter of theirs.
    Reflect.defineProperty(event, name, bare(member));
  });
}
