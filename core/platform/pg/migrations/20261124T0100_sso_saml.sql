-- Connections that speak SAML 2.0. saml is what the provider's metadata say and where in an
-- assertion things stand: nothing in it is secret. secret is the key that signs our requests.
ALTER TABLE sso_connections
  ADD COLUMN kind text NOT NULL DEFAULT 'oidc' CHECK (kind IN ('oidc','saml')),
  ADD COLUMN saml jsonb NOT NULL DEFAULT '{}';

-- What a SAML provider said, kept until the browser that asked comes for it.
ALTER TABLE sso_attempts ADD COLUMN answer jsonb;
