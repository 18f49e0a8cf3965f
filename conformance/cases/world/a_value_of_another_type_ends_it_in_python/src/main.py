from workbooks import Error
from workbooks.world import shop


class Shop:
    def items(self, count):
        return [shop.Item("cup", 3), shop.Item("mug", 3 * count)]

    def largest(self):
        return "large"

    def price(self, of):
        if of == "cup":
            return "3"
        raise Error(404)
