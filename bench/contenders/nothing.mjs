export function create() {
  return () => {};
}
