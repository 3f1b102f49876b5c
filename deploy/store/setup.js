// Makes the one-node replica set and a user for each service, at every start; doing it again changes nothing.
// Before the first user there is nobody to be, and MongoDB lets a client on the same host begin.
const passwords = JSON.parse(require("fs").readFileSync("/run/secrets/store_users", "utf8"));
const admin = db.getSiblingDB("admin");
const { admin: adminPassword, operator: operatorPassword, ...services } = passwords;
const onOwn = (service) => [
  { role: "readWrite", db: service },
  { role: "readWrite", db: `${service}_keys` },
];
// An operator reads logs and rebuilds views; the keys stay with the services.
const onAllButKeys = Object.keys(services).map((service) => ({ role: "readWrite", db: service }));

if (!db.hello().setName) {
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "store:27017" }] });
}
while (!db.hello().isWritablePrimary) {
  sleep(200);
}
try {
  admin.auth("admin", adminPassword);
} catch {
  admin.createUser({ user: "admin", pwd: adminPassword, roles: ["userAdminAnyDatabase", "clusterAdmin"] });
  admin.auth("admin", adminPassword);
}

function keep(user, pwd, roles) {
  if (admin.getUser(user)) {
    admin.updateUser(user, { pwd, roles });
  } else {
    admin.createUser({ user, pwd, roles });
  }
}

for (const [service, password] of Object.entries(services)) {
  keep(service, password, onOwn(service));
}
keep("operator", operatorPassword, onAllButKeys);
print("The store is ready.");
