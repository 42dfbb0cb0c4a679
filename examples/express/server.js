import express from 'express';
import { requireWorkosToken } from 'verify-workos-token/express';

const port = Number(process.env.PORT ?? 3000);
const url = `http://127.0.0.1:${port}`;
const app = express();

// There are no options to give: client id, issuer and keys derive from WORKOS_CLIENT_ID.
app.get('/me', requireWorkosToken(), (req, res) => {
  res.json(req.workos.claims);
});

app.get('/reports', requireWorkosToken({ permissions: ['reports:read'] }), (req, res) => {
  res.json({ reports: [], for: req.workos.claims.org_id });
});

app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`Listening at ${url}`);
});
