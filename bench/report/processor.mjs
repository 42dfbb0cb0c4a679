import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * The processor's name. In a virtual machine that often says no more than the maker, so on Linux it
 * comes with family and model, which tell the generation.
 */
export function processor(
  read = () => readFileSync('/proc/cpuinfo', 'utf8'),
  model = cpus()[0]?.model.trim() ?? 'unknown processor',
) {
  let text = '';
  try {
    text = read();
  } catch {}
  const entry = (/** @type {string} */ name) =>
    new RegExp(`^${name}\\s*: (.+)$`, 'm').exec(text)?.[1];
  const [family, number] = [entry('cpu family'), entry('model')];
  return family && number ? `${model} (family ${family}, model ${number})` : model;
}
