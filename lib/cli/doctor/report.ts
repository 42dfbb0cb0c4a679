import type { Page } from '../page.ts';
import { count } from '../text.ts';
import type { Area, Finding } from './finding.ts';

const HEADINGS: Readonly<Record<Area, string>> = Object.freeze({
  installation: 'Installation',
  environment: 'Environment',
  connection: 'Connection',
  token: 'Token',
  project: 'Project',
});

export function addReport(page: Page, findings: readonly Finding[], folder?: string): Page {
  for (const [area, heading] of Object.entries(HEADINGS)) {
    const rows = findings
      .filter((finding) => finding.area === area)
      .map(({ level, label, message }) => ({ mark: level, label, texts: [message] }));
    if (rows.length === 0) continue;
    page.heading(area === 'project' ? `${heading} in ${folder}` : heading).rows(rows);
  }
  return addVerdict(page.blank(), findings);
}

function addVerdict(page: Page, findings: readonly Finding[]): Page {
  const failed = findings.filter(({ level }) => level === 'fail').length;
  const warned = findings.filter(({ level }) => level === 'warn').length;
  if (failed + warned === 0) return page.verdict('ok', 'Everything looks right.');
  const parts = [
    failed > 0 ? count(failed, 'failure') : '',
    warned > 0 ? count(warned, 'warning') : '',
  ];
  page.verdict(failed > 0 ? 'fail' : 'warn', `${parts.filter(Boolean).join(', ')}. What to do:`);
  return page.steps(stepsOf(findings));
}

/** The failures' first. */
function stepsOf(findings: readonly Finding[]): string[] {
  const steps = (wanted: Finding['level']) =>
    findings
      .filter(({ level, nextStep }) => level === wanted && nextStep !== null)
      .map(({ label, nextStep }) => `${label}: ${nextStep}`);
  return [...new Set([...steps('fail'), ...steps('warn')])];
}
