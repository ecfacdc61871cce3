//! The columns of the matrix: systems that are reached from here, and others by name.

/// A column of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Genesys Cloud.
    GenesysCloud,
    /// Personal Favorites and Recents of GWS on premise.
    Favorites,
    /// Exports that the export service still stores.
    Exports,
    /// Our own local copies: downloads, decrypted files, the store.
    Copies,
    /// A system that cannot be reached from here, by the name of the configuration.
    Other(String),
}

impl System {
    /// The columns that every case has.
    pub const OWN: [System; 4] = [
        System::GenesysCloud,
        System::Favorites,
        System::Exports,
        System::Copies,
    ];

    /// As in JSON: `genesys_cloud`, `favorites`, `exports`, `copies`, or the name of an other system.
    pub fn as_str(&self) -> &str {
        match self {
            System::GenesysCloud => "genesys_cloud",
            System::Favorites => "favorites",
            System::Exports => "exports",
            System::Copies => "copies",
            System::Other(name) => name,
        }
    }

    /// The inverse of [`System::as_str`]; any other word is an other system.
    pub fn parse(text: &str) -> System {
        let own = System::OWN.into_iter().find(|system| system.as_str() == text);
        own.unwrap_or_else(|| System::Other(text.to_owned()))
    }

    /// True for a manual column.
    pub fn is_manual(&self) -> bool {
        matches!(self, System::Other(_))
    }
}
