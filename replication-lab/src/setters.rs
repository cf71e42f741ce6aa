//! One method for each setting of a cluster's builder.

/// Methods that each set one field of `self.settings` and return the builder: documentation, name, and in brackets
/// the field with its type.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($field:ident: $type:ty)),+ $(,)?) => {
        $($(#[$doc])*
        pub fn $name(mut self, $field: $type) -> Self {
            self.settings.$field = $field;
            self
        })+
    };
}
