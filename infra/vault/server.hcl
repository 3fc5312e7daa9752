# OpenBao (or Vault) of infra/compose.vault.yml. It starts sealed; the keeper opens it. Nothing but the stack's own network reaches it.
ui            = false
api_addr      = "http://vault:8200"
cluster_addr  = "http://127.0.0.1:8201"
# For Vault, which asks for it with this storage; OpenBao does not know it and says so.
disable_mlock = true

# The gateway's token is periodic: it lives as long as somebody renews it once a year.
default_lease_ttl = "768h"
max_lease_ttl     = "8760h"

# Files on the volume, one node. OpenBao 2.7 has no storage "file" any more.
storage "raft" {
  path    = "/vault/data"
  node_id = "vault"
}

listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}
