//! The check behind the test every service has: each RPC has a row, each row has an RPC.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::FileDescriptorSet;

use super::Table;

impl Table {
    /// Compares the table with the RPCs of `services` (full names, `xuanhao.identity.v1.StaffService`)
    /// in an encoded `FileDescriptorSet`.
    ///
    /// # Errors
    /// With one sentence for each difference.
    pub fn covers(&self, descriptor_set: &[u8], services: &[&str]) -> Result<(), Vec<String>> {
        let files = FileDescriptorSet::decode(descriptor_set)
            .map_err(|error| vec![format!("the descriptor set is malformed: {error}")])?;
        let mut found = BTreeSet::new();
        let mut rpcs = BTreeSet::new();
        for file in &files.file {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                if services.contains(&name.as_str()) {
                    let methods = service.method.iter();
                    rpcs.extend(methods.map(|method| format!("/{name}/{}", method.name())));
                    found.insert(name);
                }
            }
        }

        let mut differences = Vec::new();
        for service in services.iter().filter(|service| !found.contains(**service)) {
            differences.push(format!("{service} is not in the descriptor set"));
        }
        for rpc in &self.repeated {
            differences.push(format!("{rpc} has more than one rule"));
        }
        for rpc in rpcs.iter().filter(|rpc| self.rule(rpc).is_none()) {
            differences.push(format!("{rpc} has no rule"));
        }
        let mut left_over: Vec<_> = self.rules.values().collect();
        left_over.sort_by_key(|rule| rule.rpc);
        for rule in left_over {
            if !rpcs.contains(rule.rpc) {
                differences.push(format!("{} is no RPC of these services", rule.rpc));
            }
            if rule.callers.is_empty() {
                differences.push(format!("{} admits nobody", rule.rpc));
            }
        }
        if differences.is_empty() {
            Ok(())
        } else {
            Err(differences)
        }
    }
}
