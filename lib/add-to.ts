import { bare } from './bare.ts';

/** Adds members to the context of an event; what is `undefined` is not known. */
export function addTo(event: object, members: object): void {
  const names = Object.keys(members);
  const descriptor = bare({
    value: undefined,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  for (let index = 0; index < names.length; index += 1) {
    descriptor.value = (members as Record<string, undefined>)[names[index]];
    if (descriptor.value === undefined) continue;
    // It fails quietly on what a listener has frozen, and calls no setter of theirs.
    Reflect.defineProperty(event, names[index], descriptor);
  }
}
