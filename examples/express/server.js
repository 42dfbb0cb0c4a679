import express from 'express';
import { requireWorkosToken } from 'verify-workos-token/express';
import { startStandIn } from './stand-in.js';

const port = Number(process.env.PORT ?? 3000);
const url = `http://127.0.0.1:${port}`;
const standIn = await startStandIn();
// With WORKOS_CLIENT_ID there are no options to give: client id, issuer and keys derive from it.
const options = standIn?.options;

const app = express();

app.get('/me', requireWorkosToken(options), (req, res) => {
  res.json(req.workos.claims);
});

app.get(
  '/reports',
  requireWorkosToken({ ...options, permissions: ['reports:read'] }),
  (req, res) => {
    res.json({ reports: [], for: req.workos.claims.org_id });
  },
);

if (standIn) app.use('/stand-in', standIn.signIn);

app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(standIn ? standIn.invitation(url) : `Listening at ${url}, for tokens of WorkOS.`);
});
