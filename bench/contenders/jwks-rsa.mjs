import jsonwebtoken from 'jsonwebtoken';
import jwksRsa from 'jwks-rsa';

// As the documentation of jwks-rsa shows it, with its defaults: the key is a PEM text, which
// jsonwebtoken parses for each token.
export function create({ issuer, audience, jwksUrl }) {
  const client = jwksRsa({ jwksUri: jwksUrl });
  const options = { issuer, audience, algorithms: ['RS256'] };
  const getKey = ({ kid }, callback) => {
    client.getSigningKey(kid, (error, key) => callback(error, key?.getPublicKey()));
  };
  return (token) =>
    new Promise((resolve, reject) => {
      jsonwebtoken.verify(token, getKey, options, (error, claims) =>
        error ? reject(error) : resolve(claims),
      );
    });
}
