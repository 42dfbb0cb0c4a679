// Keeps one core busy until it is stopped, or its parent ends.
process.on('disconnect', () => process.exit());
process.on('message', () => process.send({ answer: null }));
spin();

function spin() {
  const until = performance.now() + 20;
  while (performance.now() < until);
  setImmediate(spin);
}
